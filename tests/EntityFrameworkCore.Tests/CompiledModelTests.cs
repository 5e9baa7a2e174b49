using System.Reflection;
using LastMile.Events.EntityFrameworkCore;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Scaffolding;
using Microsoft.Extensions.DependencyInjection;
using Npgsql.EntityFrameworkCore.PostgreSQL.Design.Internal;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>A compiled model from <c>dotnet ef dbcontext optimize</c> gives readers the same keys.</summary>
public sealed class CompiledModelTests
{
    [Fact]
    public void A_compiled_model_gives_the_same_keys()
    {
        using var shop = new Shop(Orders.Customers + Declare);
        using var compiled = new Shop(_ => { }, configure: options => options.UseModel(Compile(shop)));
        var customer = new Customer { Id = 7, Name = "Ann", Address = { City = "Oslo" } };

        foreach (var context in (Shop[])[shop, compiled])
        {
            Assert.Equal(["customer:7:Oslo"], context.CacheKeys(customer));
            Assert.Equal(["reviews:of:Ann"], context.CacheKeys(new Review { Id = 1, CustomerId = 7, Customer = customer }));
            Assert.Equal(
                "row:true:1.50:1:2024-03-01",
                context.CacheKey<Row>("row:{Flag}:{Price}:{Day}:{At}", true, 1.5m, DayOfWeek.Monday, new DateOnly(2024, 3, 1)));
            Assert.Equal("shop_a.Row", context.EntityTag<Row>());
        }
    }

    private static void Declare(ModelBuilder model)
    {
        model.Entity<Customer>().PurgesKey("customer:{Id}:{Address.City}");
        model.Entity<Review>().PurgesKey("reviews:of:{Customer.Name}");
        model.Entity<Row>().PurgesKey("row:{Flag}:{Price}:{Day}:{At}").HasPurgeName("shop_a.Row")
            .Property(row => row.Price).HasPrecision(10, 2);
    }

    private static IModel Compile(Shop shop)
    {
        var services = new ServiceCollection();
        services.AddDbContextDesignTimeServices(shop);
        new NpgsqlDesignTimeServices().ConfigureDesignTimeServices(services);
        services.AddEntityFrameworkDesignTimeServices();
        using var provider = services.BuildServiceProvider();
        var folder = Directory.CreateTempSubdirectory("lastmile-compiled-");
        try
        {
            provider.GetRequiredService<ICompiledModelScaffolder>().ScaffoldModel(
                shop.GetService<IDesignTimeModel>().Model,
                folder.FullName,
                new CompiledModelCodeGenerationOptions { ContextType = typeof(Shop), ModelNamespace = "Compiled", Language = "C#" });
            var sources = folder.EnumerateFiles("*.cs").Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file.FullName)));

            var model = History.Compile(sources).GetType("Compiled.ShopModel")!;
            return (IModel)model.GetProperty("Instance", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    internal sealed class Row
    {
        public int Id { get; set; }

        public bool Flag { get; set; }

        public decimal Price { get; set; }

        public DayOfWeek Day { get; set; }

        public DateOnly At { get; set; }
    }
}
