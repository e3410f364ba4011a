 is
      Counts : array (Character) of Natural := [others => 0];
      Most : Natural := 1;
      Result : String_Integer_Dict.Map;
   begin
      for Letter of Test loop
         if Letter /= ' ' then
            Counts (Letter) := Counts (Letter) + 1;
            Most := Integer'Max (Most, Counts (Letter));
         end if;
      end loop;
      for Letter in Character loop
         if Counts (Letter) = Most then
            Result.Insert ([Letter], Counts (Letter));
         end if;
      end loop;
      return Result;
