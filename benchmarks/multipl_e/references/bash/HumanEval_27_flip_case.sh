    echo "${1~~}"
