    local sum=0 product=1 number
    for number in $1; do
        sum=$((sum + number))
        product=$((product * number))
    done
    echo "$sum $product"
