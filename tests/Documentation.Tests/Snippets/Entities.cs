namespace Documentation.Tests.Snippets;

#pragma warning disable CS1591 // The entities of the documentation's examples.

public sealed class Product
{
    public int Id { get; set; }

    public int CategoryId { get; set; }

    public string Slug { get; set; } = "";

    public long Views { get; set; }
}

public sealed class Review
{
    public int Id { get; set; }

    public Product? Product { get; set; }
}

public sealed class Price
{
    public int Id { get; set; }
}

public sealed class Author
{
    public int Id { get; set; }

    public string Name { get; set; } = "";
}

public sealed class Post
{
    public int Id { get; set; }

    public int AuthorId { get; set; }

    public IList<Label> Labels { get; } = [];
}

public sealed class Label
{
    public int Id { get; set; }

    public IList<Post> Posts { get; } = [];
}

public sealed class Customer
{
    public int Id { get; set; }

    public IList<Phone> Phones { get; } = [];
}

public sealed class Phone
{
    public string Number { get; set; } = "";
}
