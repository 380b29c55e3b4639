ones=('' 一 二 三 四 五 六 七 八 九)
tens=('' 十 二十 三十 四十 五十 六十 七十 八十 九十)
for ((n = 1; n < 100; n++)); do
  echo "${tens[n / 10]}${ones[n % 10]}"
done
echo 百
