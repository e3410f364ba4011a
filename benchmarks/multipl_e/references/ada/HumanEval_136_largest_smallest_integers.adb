 is
      Largest, Smallest : Integer_Option := (Valid => False);
   begin
      for N of Lst loop
         if N < 0 and then (not Largest.Valid or else N > Largest.Value) then
            Largest := (Valid => True, Value => N);
         end if;
         if N > 0 and then (not Smallest.Valid or else N < Smallest.Value) then
            Smallest := (Valid => True, Value => N);
         end if;
      end loop;
      return (Largest, Smallest);
