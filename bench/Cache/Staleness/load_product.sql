select id, slug, name, price, category_id from products where id = $1
