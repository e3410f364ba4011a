
    number - floor(number)
}
