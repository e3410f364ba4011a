  [numbers.sum, numbers.reduce(1, :*)]
end
