  return number % 1;
}
