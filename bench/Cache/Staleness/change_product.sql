update products set price = price + 1 where id = $1 returning price
