using Microsoft.EntityFrameworkCore;

namespace EntityFrameworkCore.Tests;

internal abstract class Animal
{
    public int Id { get; set; }

    public string Name { get; set; } = "";
}

internal sealed class Dog : Animal
{
    public string Breed { get; set; } = "";
}

internal sealed class Cat : Animal
{
    public int Lives { get; set; }
}

/// <summary>A hierarchy with each of the three mapping strategies.</summary>
internal static class Zoo
{
    public static readonly Action<ModelBuilder> InOneTable = model =>
    {
        Types(model);
        model.Entity<Animal>().ToTable("animals");
    };

    public static readonly Action<ModelBuilder> ATablePerType = model =>
    {
        Types(model);
        model.Entity<Animal>().ToTable("animals");
        model.Entity<Dog>().ToTable("dogs");
        model.Entity<Cat>().ToTable("cats");
    };

    public static readonly Action<ModelBuilder> ATablePerConcreteType = model =>
    {
        Types(model);
        model.Entity<Animal>().UseTpcMappingStrategy();
        model.Entity<Dog>().ToTable("dogs");
        model.Entity<Cat>().ToTable("cats");
    };

    private static void Types(ModelBuilder model)
    {
        model.Entity<Animal>().Property(animal => animal.Id).ValueGeneratedNever();
        model.Entity<Dog>();
        model.Entity<Cat>();
    }
}
