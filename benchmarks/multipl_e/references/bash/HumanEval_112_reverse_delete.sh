    local kept="" i letter
    for ((i = 0; i < ${#1}; i++)); do
        letter=${1:i:1}
        if [[ "$2" != *"$letter"* ]]; then
            kept+=$letter
        fi
    done
    if [[ "$kept" == "$(rev <<< "$kept")" ]]; then
        echo "$kept true"
    else
        echo "$kept false"
    fi
