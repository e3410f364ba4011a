    local letter most=0 text=""
    local -A counts
    for letter in $1; do
        counts[$letter]=$((${counts[$letter]:-0} + 1))
        if ((counts[$letter] > most)); then
            most=${counts[$letter]}
        fi
    done
    for letter in $(printf '%s\n' "${!counts[@]}" | awk -v text="$1" '{ print index(text, $0), $0 }' | sort -n | cut -d' ' -f2); do
        if ((counts[$letter] == most)); then
            text+="${text:+\\n}$letter,$most"
        fi
    done
    printf '%s' "$text"
