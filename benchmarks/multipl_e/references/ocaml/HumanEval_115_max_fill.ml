  List.fold_left (fun times well -> times + ((List.fold_left ( + ) 0 well + capacity - 1) / capacity)) 0 grid
