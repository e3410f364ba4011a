Enum.reverse(split(n, 2, []))
  end
  defp split(1, _divisor, factors), do: factors
  defp split(n, divisor, factors) when rem(n, divisor) == 0 do
    split(div(n, divisor), divisor, [divisor | factors])
  end
  defp split(n, divisor, factors), do: split(n, divisor + 1, factors)
end
