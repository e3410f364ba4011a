for size <- Enum.to_list(1..String.length(string)//1), do: String.slice(string, 0, size)
  end
end
