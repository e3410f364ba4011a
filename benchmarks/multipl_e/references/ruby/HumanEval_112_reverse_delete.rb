  kept = s.chars.reject { |letter| c.include?(letter) }.join
  [kept, kept == kept.reverse]
end
