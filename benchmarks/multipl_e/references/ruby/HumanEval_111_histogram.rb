  count = test.split.tally
  most = count.values.max
  count.select { |_, times| times == most }
end
