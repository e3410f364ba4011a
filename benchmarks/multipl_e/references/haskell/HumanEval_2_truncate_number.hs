 number - fromIntegral (floor number :: Int)
