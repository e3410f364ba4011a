    local prefixes=() i
    for ((i = 1; i <= ${#1}; i++)); do
        prefixes+=("${1:0:i}")
    done
    echo "${prefixes[*]}"
