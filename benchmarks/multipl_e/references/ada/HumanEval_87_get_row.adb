 is
      Found : Integer_Integer_Tuple_Array (1 .. 1000);
      Count : Natural := 0;
   begin
      for Row in Lst'Range loop
         for Column in reverse 1 .. Natural (Lst (Row).Length) loop
            if Lst (Row) (Column) = X then
               Count := Count + 1;
               Found (Count) := (Row - Lst'First, Column - 1);
            end if;
         end loop;
      end loop;
      return Found (1 .. Count);
