using System.Reflection;
using LastMile.Events.EntityFrameworkCore;
using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;

namespace EntityFrameworkCore.Tests;

internal sealed class Product
{
    public int Id { get; set; }

    public string? Slug { get; set; }

    public int CategoryId { get; set; }

    public long Views { get; set; }

    public List<string> Colours { get; set; } = [];
}

internal class OrderLine
{
    public int OrderId { get; set; }

    public int Line { get; set; }

    public string Sku { get; set; } = "";
}

internal sealed class GiftLine : OrderLine
{
    public string Greeting { get; set; } = "";
}

/// <summary>A context whose model a test supplies.</summary>
internal sealed class Shop(
    Action<ModelBuilder> model,
    string connectionString = "Host=nowhere",
    Action<DbContextOptionsBuilder>? configure = null,
    Assembly? migrations = null) : DbContext
{
    public static readonly Action<ModelBuilder> Declared = model =>
    {
        model.Entity<Product>().ToTable("products").PurgesKey("product:{Id}").PurgesKey("product:slug:{Slug}")
            .PurgesTag("category:{CategoryId}").IgnoresChangesTo(product => product.Views);
        model.Entity<Product>().Property(product => product.CategoryId).HasColumnName("category_id");
        model.Entity<OrderLine>().ToTable("Order \"Lines\"", "sales").HasKey(line => new { line.OrderId, line.Line });
        model.Entity<OrderLine>().PurgesKey("line:{OrderId}/{Line}");
    };

    public static IRelationalModel ModelOf(Action<ModelBuilder> model, Action<DbContextOptionsBuilder>? configure = null)
    {
        using var shop = new Shop(model, configure: configure);
        return shop.DesignTimeModel;
    }

    /// <summary>Returns the declaration of a table in a model; null for none.</summary>
    public static CaptureDeclaration? Declaration(
        Action<ModelBuilder> model, string table, Action<DbContextOptionsBuilder>? configure = null) =>
        ModelOf(model, configure).Tables.Single(candidate => candidate.Name == table)[CaptureDeclaration.Annotation] is string json
            ? CaptureDeclaration.FromJson(json)
            : null;

    /// <summary>Returns the SQL of the migration between two models; null for <paramref name="from"/> is an empty database.</summary>
    public static IReadOnlyList<string> Migration(
        Action<ModelBuilder>? from,
        Action<ModelBuilder> to,
        MigrationsSqlGenerationOptions options = MigrationsSqlGenerationOptions.Default)
    {
        using var shop = new Shop(to);
        var target = shop.DesignTimeModel;
        var operations = shop.GetService<IMigrationsModelDiffer>().GetDifferences(from is null ? null : ModelOf(from), target);
        var commands = shop.GetService<IMigrationsSqlGenerator>().Generate(operations, target.Model, options);
        return [.. commands.Select(command => command.CommandText)];
    }

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder)
    {
        optionsBuilder.UseNpgsql(connectionString, npgsql => npgsql.MigrationsAssembly(migrations ?? typeof(Shop).Assembly))
            .UseLastMile()
            .ReplaceService<IModelCacheKeyFactory, ByModel>();
        configure?.Invoke(optionsBuilder);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder) => model(modelBuilder);

    private IRelationalModel DesignTimeModel => this.GetService<IDesignTimeModel>().Model.GetRelationalModel();

    private sealed class ByModel : IModelCacheKeyFactory
    {
        public object Create(DbContext context, bool designTime) => (((Shop)context).Source, designTime);
    }

    private Action<ModelBuilder> Source => model;
}
