 is
      Factors : Integer_Array (1 .. 64);
      Count : Natural := 0;
      P : Integer := 2;
      Rest : Integer := N;
   begin
      while P <= Rest loop
         if Rest mod P = 0 then
            Count := Count + 1;
            Factors (Count) := P;
            Rest := Rest / P;
         else
            P := P + 1;
         end if;
      end loop;
      return Factors (1 .. Count);
