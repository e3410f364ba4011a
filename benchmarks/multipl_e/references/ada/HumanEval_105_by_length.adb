 is
      Names : constant Unbounded_String_Array :=
        [To_Unbounded_String ("One"), To_Unbounded_String ("Two"), To_Unbounded_String ("Three"),
         To_Unbounded_String ("Four"), To_Unbounded_String ("Five"), To_Unbounded_String ("Six"),
         To_Unbounded_String ("Seven"), To_Unbounded_String ("Eight"), To_Unbounded_String ("Nine")];
      Words : Unbounded_String_Array (1 .. Arr'Length);
      Count : Natural := 0;
   begin
      for N in reverse 1 .. 9 loop
         for Value of Arr loop
            if Value = N then
               Count := Count + 1;
               Words (Count) := Names (N);
            end if;
         end loop;
      end loop;
      return Words (1 .. Count);
