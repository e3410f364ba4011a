
    names <- c('One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine')
    known <- sort(arr[arr >= 1 & arr <= 9], decreasing = TRUE)
    if (length(known) == 0) {
        return(c())
    }
    names[known]
}
