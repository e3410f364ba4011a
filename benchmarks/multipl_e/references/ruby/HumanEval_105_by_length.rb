  names = %w[One Two Three Four Five Six Seven Eight Nine]
  arr.select { |number| number.between?(1, 9) }.sort.reverse.map { |number| names[number - 1] }
end
