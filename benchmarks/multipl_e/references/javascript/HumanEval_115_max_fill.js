  let times = 0;
  for (const well of grid) {
    const water = well.reduce((sum, unit) => sum + unit, 0);
    times += Math.ceil(water / capacity);
  }
  return times;
}
