 is
   begin
      for I in Numbers'Range loop
         for J in I + 1 .. Numbers'Last loop
            if abs (Numbers (I) - Numbers (J)) < Threshold then
               return True;
            end if;
         end loop;
      end loop;
      return False;
