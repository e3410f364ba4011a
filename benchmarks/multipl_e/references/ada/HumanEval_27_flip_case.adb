 is
      Flipped : String := My_String;
   begin
      for C of Flipped loop
         if C in 'a' .. 'z' then
            C := Character'Val (Character'Pos (C) - 32);
         elsif C in 'A' .. Character'Pred ('[') then
            C := Character'Val (Character'Pos (C) + 32);
         end if;
      end loop;
      return Flipped;
