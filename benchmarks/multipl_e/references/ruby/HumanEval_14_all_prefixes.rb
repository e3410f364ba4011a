  (0...string.length).map { |last| string[0..last] }
end
