    local numbers=($1) i j
    for ((i = 0; i < ${#numbers[@]}; i++)); do
        for ((j = i + 1; j < ${#numbers[@]}; j++)); do
            if awk -v a="${numbers[i]}" -v b="${numbers[j]}" -v t="$2" \
                'BEGIN { d = a - b; if (d < 0) d = -d; exit !(d < t) }'; then
                echo true
                return
            fi
        done
    done
    echo false
