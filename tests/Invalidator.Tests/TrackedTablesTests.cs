using Xunit;

namespace Invalidator.Tests;

public sealed class TrackedTablesTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private readonly World world = running.World;

    [Fact]
    public async Task Each_table_of_an_entity_purges_by_its_own_rules()
    {
        await world.ExecuteAsync(
            """
            create table articles (id int primary key, title text);
            create table article_texts (article_id int, language text);
            select lastmile.track('articles', 'Article', array['article:{Id}', 'title:{Title}'],
                columns => '{"Id": "id", "Title": "title"}');
            select lastmile.track('article_texts', 'Article', array['article:{Id}', 'text:{Id}:{Language}'],
                columns => '{"Id": "article_id", "Language": "language"}');
            """);
        await world.CacheAsync("article:1", "title:a", "article:2", "text:2:en");

        await world.ExecuteAsync("insert into articles values (1, 'a'); insert into article_texts values (2, 'en')");

        await world.GoneAsync("article:1", "title:a", "article:2", "text:2:en");
        await world.NothingIsQuarantinedAsync("Article");
        Assert.Null(await world.GenerationAsync("Article"));
    }

    [Fact]
    public async Task A_template_with_a_reference_purges_the_referenced_rows_key()
    {
        await world.ExecuteAsync(
            """
            create table reviews (id int primary key, product_id int);
            select lastmile.track('reviews', 'Review', array['reviews:{Product.Slug}'], columns => '{"Product.Slug": "slug"}',
                joins => '{"Product": {"table": "products", "on": {"product_id": "id"}}}');
            insert into products values (80, 'shoe', 1), (81, 'boot', 1);
            insert into reviews values (1, 80);
            """);
        await world.CacheAsync("reviews:shoe", "reviews:boot");

        await world.ExecuteAsync("update reviews set product_id = 81");

        await world.GoneAsync("reviews:shoe", "reviews:boot");
    }

    [Fact]
    public async Task A_change_with_a_missing_reference_renews_the_entitys_tag_and_is_not_an_error()
    {
        await world.ExecuteAsync(
            """
            create table customers (id int primary key, name text);
            create table orders (id int, customer_id int references customers on delete cascade);
            insert into customers values (1, 'ada');
            insert into orders values (1, 1);
            select lastmile.track('orders', 'Order', array['orders:{Customer.Name}:{id}'], columns => '{"Customer.Name": "name"}',
                joins => '{"Customer": {"table": "customers", "on": {"customer_id": "id"}}}');
            """);

        await world.ExecuteAsync("delete from customers");

        await world.RenewedAsync("Order");
        await world.NothingIsQuarantinedAsync("Order");
    }
}
