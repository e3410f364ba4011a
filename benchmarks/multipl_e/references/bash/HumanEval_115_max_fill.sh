    local times=0 row water
    while read -r row; do
        water=${row//[^1]/}
        times=$((times + (${#water} + $2 - 1) / $2))
    done < <(printf '%b\n' "$1")
    echo "$times"
