 is
      Result : Integer_Integer_Tuple := (0, 1);
   begin
      for Number of Numbers loop
         Result.Integer_1 := Result.Integer_1 + Number;
         Result.Integer_2 := Result.Integer_2 * Number;
      end loop;
      return Result;
