 is
   begin
      return Number - Float'Floor (Number);
