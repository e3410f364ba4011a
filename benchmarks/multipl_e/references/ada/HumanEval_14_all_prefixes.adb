 is
   begin
      return [for I in My_String'Range => To_Unbounded_String (My_String (My_String'First .. I))];
