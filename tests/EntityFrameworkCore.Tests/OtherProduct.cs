namespace EntityFrameworkCore.Tests.Other;

/// <summary>A class with the same short name as another class.</summary>
internal sealed class Product
{
    public int Id { get; set; }
}
