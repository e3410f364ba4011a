kept = for <<letter::utf8 <- s>>, not String.contains?(c, <<letter>>), into: "", do: <<letter>>
    {kept, kept == String.reverse(kept)}
  end
end
