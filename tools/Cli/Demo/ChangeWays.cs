using LastMile.Events.EntityFrameworkCore;
using LastMile.Events.Messages;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Storefront.Catalog;

namespace LastMile.Events.Cli.Demo;

/// <summary>The ways in which applications change products: by a commit for each change, or by a message.</summary>
internal sealed class ChangeWays : IAsyncDisposable
{
    public static readonly IReadOnlyList<string> Names = ["SaveChanges", "ExecuteUpdate", "raw SQL", "EntityChanged"];

    private readonly DemoAlerts bus;
    private readonly NpgsqlDataSource dataSource;
    private readonly DbContextOptions<CatalogDb> catalog;

    public ChangeWays(string database, DemoAlerts bus)
    {
        this.bus = bus;
        dataSource = NpgsqlDataSource.Create(database);
        catalog = new DbContextOptionsBuilder<CatalogDb>().UseNpgsql(dataSource).UseLastMile().Options;
    }

    /// <summary>Changes a product.</summary>
    /// <param name="way">Index into <see cref="Names"/>.</param>
    /// <param name="product">The product; receives its new slug.</param>
    /// <param name="committed">Called when the commit has returned, or just before the message is published.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    public async Task ChangeAsync(int way, DemoProduct product, Action committed, CancellationToken cancellationToken)
    {
        switch (way)
        {
            case 0:
                await SaveAsync(product, cancellationToken);
                break;
            case 1:
                await ExecuteUpdateAsync(product, cancellationToken);
                break;
            case 2:
                await RenameAsync(product, cancellationToken);
                break;
            default:
                committed();
                await PublishAsync(product, cancellationToken);
                return;
        }

        committed();
    }

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();

    private async Task SaveAsync(DemoProduct product, CancellationToken cancellationToken)
    {
        await using var db = new CatalogDb(catalog);
        var entity = await db.Products.SingleAsync(candidate => candidate.Id == product.Id, cancellationToken);
        entity.Price += 1;
        await db.SaveChangesAsync(cancellationToken);
    }

    private async Task ExecuteUpdateAsync(DemoProduct product, CancellationToken cancellationToken)
    {
        await using var db = new CatalogDb(catalog);
        await db.Products.Where(candidate => candidate.Id == product.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(candidate => candidate.Name, candidate => candidate.Name + "!"), cancellationToken);
    }

    private async Task RenameAsync(DemoProduct product, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("update products set slug = slug || '-x' where id = $1 returning slug");
        command.Parameters.Add(new() { Value = product.Id });
        product.Slug = (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private Task PublishAsync(DemoProduct product, CancellationToken cancellationToken) =>
        bus.PublishAsync(new EntityChanged("Product") { Keys = [product.Key, product.SlugKey] }, cancellationToken);
}
