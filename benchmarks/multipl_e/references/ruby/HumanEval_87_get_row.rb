  found = []
  lst.each_with_index do |line, row|
    (line.length - 1).downto(0) do |column|
      found << [row, column] if line[column] == x
    end
  end
  found
end
