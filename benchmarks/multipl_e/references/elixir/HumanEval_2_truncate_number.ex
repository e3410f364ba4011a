number - trunc(number)
  end
end
