    local names=(Zero One Two Three Four Five Six Seven Eight Nine) number result=()
    for number in $(printf '%s\n' $1 | sort -rn); do
        if ((number >= 1 && number <= 9)); then
            result+=("${names[number]}")
        fi
    done
    echo "${result[*]}"
