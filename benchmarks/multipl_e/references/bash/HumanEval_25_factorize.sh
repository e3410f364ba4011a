    local n=$1 divisor=2 factors=()
    while ((n > 1)); do
        while ((n % divisor == 0)); do
            factors+=("$divisor")
            n=$((n / divisor))
        done
        divisor=$((divisor + 1))
    done
    echo "${factors[*]}"
