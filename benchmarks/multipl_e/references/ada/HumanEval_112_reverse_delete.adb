 is
      Kept, Turned : Unbounded_String;
   begin
      for Letter of S loop
         if (for all Other of C => Letter /= Other) then
            Append (Kept, Letter);
            Turned := Letter & Turned;
         end if;
      end loop;
      return (Kept, Kept = Turned);
