    $times = 0;
    foreach ($grid as $well) {
        $times += (int) ceil(array_sum($well) / $capacity);
    }
    return $times;
}
