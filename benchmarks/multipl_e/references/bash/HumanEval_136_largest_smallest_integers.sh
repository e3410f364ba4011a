    local largest=None smallest=None number
    for number in $1; do
        if ((number < 0)) && { [[ $largest == None ]] || ((number > largest)); }; then
            largest=$number
        elif ((number > 0)) && { [[ $smallest == None ]] || ((number < smallest)); }; then
            smallest=$number
        fi
    done
    echo "$largest $smallest"
