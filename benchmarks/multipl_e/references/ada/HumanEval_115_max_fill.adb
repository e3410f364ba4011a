 is
      Times : Natural := 0;
      Water : Natural;
   begin
      for Well of Grid loop
         Water := 0;
         for Unit of Well loop
            Water := Water + Unit;
         end loop;
         Times := Times + (Water + Capacity - 1) / Capacity;
      end loop;
      return Times;
