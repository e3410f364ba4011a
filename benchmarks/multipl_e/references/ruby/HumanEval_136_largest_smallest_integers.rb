  [lst.select { |number| number < 0 }.max, lst.select { |number| number > 0 }.min]
end
