 is
   begin
      return (if Number < 1.0 then Number else Truncate_Number (Number - 1.0));
