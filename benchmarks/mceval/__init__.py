"""McEval: functions in many languages, from instructions or from explanations of them."""
