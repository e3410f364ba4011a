    local rows row=0 column numbers found=()
    mapfile -t rows < <(printf '%b' "$1")
    for ((row = 0; row < ${#rows[@]}; row++)); do
        numbers=(${rows[row]})
        for ((column = ${#numbers[@]} - 1; column >= 0; column--)); do
            if ((numbers[column] == $2)); then
                found+=("$row $column")
            fi
        done
    done
    local text="" pair
    for pair in "${found[@]}"; do
        text+="${text:+\\n}$pair"
    done
    printf '%s' "$text"
